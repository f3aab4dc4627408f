internal import Linux

// Nothing is done at the top level but this call, so that nothing lives for the whole run.
Processes.exit(Program.run())
