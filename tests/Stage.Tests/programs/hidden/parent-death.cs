// 父进程不等子进程就结束，子进程设了 PR_SET_PDEATHSIG：走到哪里都可能被杀。
#:project ../../../../examples/Posix

using static Posix.Libc;

return args switch { ["child"] => Child(), _ => Parent() };

static unsafe int Parent()
{
    int* pipe = stackalloc int[2];
    Must(pipe2(pipe, O_CLOEXEC));
    Must(spawn_self(out int pid, ["child"], (pipe[1], 3)));
    byte here = 0;
    Must(read(pipe[0], &here, 1));
    Console.WriteLine("父进程：结束");
    return 0;
}

static unsafe int Child()
{
    Must(prctl(PR_SET_PDEATHSIG, (nuint)(int)SIGKILL));
    byte here = 1;
    Must(write(3, &here, 1));
    Console.WriteLine("子进程：第一步");
    Console.WriteLine("子进程：第二步");
    Console.WriteLine("子进程：第三步");
    return 0;
}
