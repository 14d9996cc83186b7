// shm_unlink：名字马上没有，对象等最后一个引用。对应文章「shm_unlink删除共享内存对象」。
//
//     dotnet run --project examples/09-ShmUnlink
//
// 父子进程都映射着一个对象，父进程删掉名字，两边的映射照样通；同名再建是另一个对象。内存的归还在 LastReference.cs。
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class Program
{
    private const int ObjectFd = 3, ParentFd = 4;

    private static int Main(string[] args) => args switch
    {
        [] => Parent($"/ShmUnlink-{getpid()}"),
        ["child", string name] => Child(name),
        _ => Usage(),
    };

    private static int Parent(string name)
    {
        int fd = -1;
        using var cleanup = new Cleanup(() => { if (fd != -1) shm_unlink(name); });
        fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        if (ftruncate(fd, sizeof(int)) == -1) return Fail(errno, $"ftruncate({fd}, {sizeof(int)})");
        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        Observe("J1", "shm_unlink 之前，父进程的映射在 /proc/self/maps 里的名字", name, MappedName(memPtr));

        // 一对套接字管先后：子进程映射好了发一个字节，父进程删掉名字之后回一个。
        int* sv = stackalloc int[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) return Fail(errno, "socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv)");
        Errno error = spawn_self(out int pid, ["child", name], (fd, ObjectFd), (sv[1], ParentFd));
        if (error != 0) return Fail(error, $"posix_spawn(\"{Environment.ProcessPath}\", \"child\", \"{name}\")");
        close(sv[1]);
        byte turn;
        bool mapped = read(sv[0], &turn, 1) == 1;

        Observe("J1", $"两个进程都映射着，shm_unlink(\"{name}\") 的结果", "成功", Outcome(shm_unlink(name)));
        Observe("J1", "名字马上没有了，再 shm_open(name, O_RDWR, 0) 的结果", "ENOENT", Outcome(shm_open(name, O_RDWR, 0)));
        Observe("J1", "父进程的映射还在，在 /proc/self/maps 里的名字", name + " (deleted)", MappedName(memPtr));

        // 名字没了之后才存，所以子进程读到的只能来自映射。
        int value = *memPtr = Random.Shared.Next(1, int.MaxValue);
        if (!mapped || write(sv[0], &turn, 1) != 1) Console.Error.WriteLine("子进程没有等到名字删掉就结束了，原因见它上面报的错。");
        close(sv[0]);
        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, $"waitpid({pid})");
        Observe("J1", "子进程也看过了，它的退出码", 0, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        Observe("J1", $"父进程存 {value}，子进程读出来、取反、存回去，父进程读到", ~value, *memPtr);

        // 旧对象还有人用，所以同名新建的必是另一个对象。
        if (fstat(fd, out stat_t old) == -1) return Fail(errno, $"fstat({fd})");
        int newFd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (newFd == -1 || fstat(newFd, out stat_t st) == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
        Observe("J1", "同名再建一个，是另一个对象，inode", $"不是 {old.st_ino}", $"{st.st_ino}", st.st_ino != old.st_ino);
        shm_unlink(name);
        close(newFd);
        munmap(memPtr, sizeof(int));
        close(fd);
        return LastReference.Show(name);
    }

    private static int Child(string name)
    {
        // 手工运行 child 时，3 号描述符不是父进程交来的对象，不能往里写。
        if (fstat(ObjectFd, out stat_t st) == -1 || !S_ISREG(st.st_mode) || st.st_size != sizeof(int)) return Usage();
        int* memPtr = (int*)mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, ObjectFd, 0);
        if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(int)}, PROT_READ | PROT_WRITE, MAP_SHARED, {ObjectFd}, 0)");
        close(ObjectFd);

        byte turn = 0;
        if (write(ParentFd, &turn, 1) != 1) return Fail(errno, $"write({ParentFd}, &turn, 1)");
        if (read(ParentFd, &turn, 1) != 1) return 1; // 父进程先没了，没有什么可看
        Observe("J1", "子进程的映射还在，在 /proc/self/maps 里的名字", name + " (deleted)", MappedName(memPtr));
        *memPtr = ~*memPtr;
        return ExitCode;
    }

    private static int Usage()
    {
        Console.Error.WriteLine("用法：ShmUnlink（没有参数；子进程由它自己启动）");
        return 2;
    }

    private static string MappedName(void* start) => "/" + Path.GetFileName(Proc.Mapping(start));
}
