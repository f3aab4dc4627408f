// unretain ARCHIVE OUT: copies a static library, with no function in it kept for its own sake (SHF_GNU_RETAIN). Swift's
// standard library marks all of its public functions so, for programs that look them up by name; in a static executable
// nobody can, and the linker may leave out those that nothing calls. 64-bit ELF of the machine's own byte order.
#include <ar.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETAIN = 1 << 21 };

// Returns how many functions were marked.
static int clear(char *object, size_t size) {
  Elf64_Ehdr *header = (Elf64_Ehdr *)object;
  if (size < sizeof *header || memcmp(header->e_ident, ELFMAG "\2", SELFMAG + 1)) return 0;
  if (header->e_shoff > size || (size - header->e_shoff) / sizeof(Elf64_Shdr) < header->e_shnum) return 0;
  // More sections than 16 bits can count are counted in the first one.
  Elf64_Shdr *section = (Elf64_Shdr *)(object + header->e_shoff);
  size_t count = header->e_shnum ? header->e_shnum : section->sh_size;
  if ((size - header->e_shoff) / sizeof *section < count) return 0;
  int cleared = 0;
  for (size_t i = 0; i < count; i++) {
    if (!(section[i].sh_flags & SHF_EXECINSTR) || !(section[i].sh_flags & RETAIN)) continue;
    section[i].sh_flags &= ~(Elf64_Xword)RETAIN;
    cleared++;
  }
  return cleared;
}

int main(int argc, char **argv) {
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL, *out = in ? fopen(argv[2], "wb") : NULL;
  char magic[SARMAG];
  if (!out || fread(magic, SARMAG, 1, in) != 1 || memcmp(magic, ARMAG, SARMAG)) return 1;
  fwrite(magic, SARMAG, 1, out);
  int cleared = 0;
  for (struct ar_hdr member; fread(&member, sizeof member, 1, in) == 1;) {
    size_t size = strtoul(member.ar_size, NULL, 10);
    char *object = malloc(size + 1);
    if (!object || fread(object, 1, size, in) != size) return 1;
    cleared += clear(object, size);
    fwrite(&member, sizeof member, 1, out);
    fwrite(object, 1, size, out);
    free(object);
    if (size % 2 && fgetc(in) != EOF) fputc('\n', out);
  }
  printf("%d functions may be left out\n", cleared);
  return fclose(out) != 0;
}
