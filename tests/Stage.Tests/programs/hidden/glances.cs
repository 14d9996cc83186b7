// 读一个数，再看一眼对方结束了没有：锁放开了没有，或者 waitpid 的 WNOHANG。对方写入 7 就结束；拿着锁的，到结束才放开。
#:project ../../../../examples/Posix

using static Posix.Libc;

return args switch { ["writes", var name] => Writes(name), ["holds", var name, var files] => Holds(name, files), [var name, var files] => Locked(name, files), _ => Waits(args[0]) };

static unsafe int Locked(string name, string files)
{
    int* shared = Map(name);
    int fd = Lock(files);
    int number = *shared;
    Console.WriteLine($"{number}，{(flock(fd, LOCK_EX | LOCK_NB) == -1 ? "没有结束" : "结束了")}");
    return 0;
}

static unsafe int Holds(string name, string files)
{
    int* shared = Map(name);
    Must(flock(Lock(files), LOCK_EX));
    *shared = 7;
    return 0;
}

static int Lock(string files) => Must(open(files + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));

static unsafe int Waits(string name)
{
    int* shared = Map(name);
    Must(spawn_self(out int pid, ["writes", name]));
    int number = *shared;
    Console.WriteLine($"{number}，{(waitpid(pid, out _, WNOHANG) == 0 ? "没有结束" : "结束了")}");
    return 0;
}

static unsafe int Writes(string name)
{
    *Map(name) = 7;
    return 0;
}

static unsafe int* Map(string name)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR));
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));
    return shared;
}
