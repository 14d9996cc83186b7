#:project ../../examples/Posix

// 捣乱：向自己发 SIGSTOP。
using Posix;
using static Posix.Libc;

kill(getpid(), SIGSTOP);
