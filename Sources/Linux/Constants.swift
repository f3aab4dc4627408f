// Constants of the kernel's user interface that the C library's headers hide without _GNU_SOURCE.

let O_PATH: Int32 = 0x20_0000
let AT_EMPTY_PATH: Int32 = 0x1000
let AT_RECURSIVE: Int32 = 0x8000
let CLOSE_RANGE_CLOEXEC: UInt32 = 4
let MFD_CLOEXEC: UInt32 = 1
let MFD_ALLOW_SEALING: UInt32 = 2
let F_SEAL_SEAL: Int32 = 1
let F_SEAL_SHRINK: Int32 = 2
let F_SEAL_GROW: Int32 = 4
let F_SEAL_WRITE: Int32 = 8
