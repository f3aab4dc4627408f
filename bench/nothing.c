// A process that does nothing: what it costs to start any static program. Build: cc -O2 -static
int main(void) { return 0; }
