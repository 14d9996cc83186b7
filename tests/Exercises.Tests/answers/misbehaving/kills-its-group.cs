#:project ../../examples/Posix

// 捣乱：向自己的进程组发 SIGKILL：检查器不该在里面。
using Posix;
using static Posix.Libc;

kill(0, SIGKILL);
