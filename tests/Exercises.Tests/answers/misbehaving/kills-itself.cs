#:project ../../examples/Posix

// 捣乱：向自己发 SIGKILL。
using Posix;
using static Posix.Libc;

kill(getpid(), SIGKILL);
