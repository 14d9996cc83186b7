// 杀死自己的子进程，名字忘了删。
#:project ../../../../examples/Posix

using static Posix.Libc;

return args switch { ["child"] => 0, _ => Parent(args[0]) };

static int Parent(string name)
{
    Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(spawn_self(out int pid, ["child"]));
    Must(kill(pid, SIGKILL));
    Must(waitpid(pid, out _, 0));
    return 0;
}
