// 共享内存不认语言：对象里放一个结构，C#、C、Python 都能做任何一方。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/17-Interop
//     dotnet run --project examples/17-Interop -- send [名字] [地点] [温度]      或 receive [名字]
//
// 不带参数：看看结构的布局，再与另一个 C# 进程、与 Python 各交换一次，见 FarSides.cs。
// send 与 receive 的另一半：这个程序自己，tests/native 的 reading_sender 与 reading_receiver（C），reading.py（Python）。
using Examples;
using static Examples.Failure;
using static Posix.Libc;

internal static unsafe class Program
{
    public const string NameRule = "名字形如 /reading：不能为空，除开头外不能有斜杠，至多 255 字节；也不能是 /dev/shm 下已有的目录。";

    private static int Main(string[] args) => args switch
    {
        [] => FarSides.Show(),
        ["send", .. { Length: <= 3 } rest] => Sender.Send(rest.ElementAtOrDefault(0) ?? "/reading", rest.ElementAtOrDefault(1) ?? "实验室", rest.ElementAtOrDefault(2) ?? "21.5"),
        ["receive"] => Receive("/reading"),
        ["receive", string name] => Receive(name),
        _ => Usage(),
    };

    private static int Receive(string name)
    {
        // O_NONBLOCK：名字下面若是别人放的 FIFO，也不会等在这里。
        int fd = shm_open(name, O_RDONLY | O_NONBLOCK, 0);
        if (fd == -1)
            return Fail(errno, $"shm_open(\"{name}\", O_RDONLY | O_NONBLOCK)", Trust.Taken(name), (ENOENT, "先在另一个终端运行 send。"), (EINVAL, NameRule));
        if (!Trust.Object(fd, name)) return 1;

        sem_t* sem = sem_open(name + "_sem", 0);
        if (sem == SEM_FAILED) return Fail(errno, $"sem_open(\"{name}_sem\", 0)", Trust.Taken(name), (ENOENT, "先在另一个终端运行 send。"));
        if (!Trust.Semaphore(name + "_sem", name)) return 1;

        if (sem_trywait(sem) == -1)
        {
            Console.Error.WriteLine($"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。");
            if (sem_wait(sem) == -1) return Fail(errno, $"sem_wait(\"{name}_sem\")");
        }

        // 对方是任何程序，大小不能想当然：对象小了，缺的字段读出来是 0；是空的，一碰就是 SIGBUS。
        if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
        if (st.st_size < sizeof(Reading))
        {
            Console.Error.WriteLine($"fstat({fd}): \"{name}\" 只有 {st.st_size} 字节，不够一个结构（{sizeof(Reading)} 字节）。双方的结构要一样，再运行一次 send。");
            return 1;
        }

        var memory = (Reading*)mmap(null, (nuint)sizeof(Reading), PROT_READ, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED) return Fail(errno, $"mmap(null, {sizeof(Reading)}, PROT_READ, MAP_SHARED, {fd}, 0)");
        close(fd);

        // 先复制再用：对方若再写，也改不到这一份。
        Reading reading = *memory;
        munmap(memory, (nuint)sizeof(Reading));
        sem_close(sem);
        if (shm_unlink(name) == -1) return Fail(errno, $"shm_unlink(\"{name}\")");
        if (sem_unlink(name + "_sem") == -1) return Fail(errno, $"sem_unlink(\"{name}_sem\")");

        Console.WriteLine($"process:{getpid()} recv:{reading}");
        return 0;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("用法：Interop，或 Interop send [名字] [地点] [温度]（默认 /reading、实验室、21.5；地点至多 15 字节），或 Interop receive [名字]");
        return 2;
    }
}
