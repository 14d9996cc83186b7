// 共享内存与语言无关：对象里放一个结构，C#、C、Python 都能做任何一方。对应文章「代码简单测试实例」。
//
//     dotnet run --project examples/17-Interop -- send [名字] [地点] [温度]      或 receive [名字]
//
// 另一半是它自己，reading.py，或 tests/native 的 reading_*（C）。不带参数：看看布局，再与 C#、Python 各交换一次。
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

string name = args.ElementAtOrDefault(1) ?? "/reading", place = args.ElementAtOrDefault(2) ?? "实验室";
bool valid = double.TryParse(args.ElementAtOrDefault(3) ?? "21.5", NumberStyles.Float, CultureInfo.InvariantCulture,
    out double celsius) && Encoding.UTF8.GetByteCount(place) < Reading.PlaceSize;
return args switch
{
    [] => Show(),
    ["send", ..] when args.Length <= 4 && valid => Send(name, place, celsius),
    ["receive"] or ["receive", _] => Receive(name),
    _ => errx(2, "用法：Interop [send [名字] [地点] [温度] | receive [名字]]（地点至多 15 字节，温度形如 21.5）"),
};

static unsafe int Send(string name, string place, double celsius)
{
    // 与第 10 章的发送方一样：没有发送成功，就撤销自己创建的；已有的先校验；没有人取走的，收回它的 post。
    string semName = name + "_sem";
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name, (EEXIST, Allowed));
    if (fd != -1) Undo.Add(() => shm_unlink(name));
    else fd = Must(shm_open(name, O_RDWR, 0), name);
    Trust.Object(fd, name);
    sem_t* sem = Must(sem_open(semName, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0), semName, (EEXIST, Allowed));
    if (sem != SEM_FAILED) Undo.Add(() => sem_unlink(semName));
    else sem = Must(sem_open(semName, 0), semName);
    Trust.Semaphore(semName);
    while (Must(sem_trywait(sem), semName, (EAGAIN, Allowed)) == 0) { }
    Must(ftruncate(fd, sizeof(Reading)));
    Must(posix_fallocate(fd, 0, sizeof(Reading)));
    var reading = (Reading*)Must(mmap(null, (nuint)sizeof(Reading), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));

    // 结构就在共享内存里，写入就好了：没有序列化，对方从同样的偏移取。
    long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
    *reading = new Reading { Number = getpid(), Time = now, Celsius = celsius, Valid = 1 };
    Encoding.UTF8.GetBytes(place, new Span<byte>(reading->Place, Reading.PlaceSize));
    Console.WriteLine($"process:{getpid()} send:{*reading}");
    Undo.Commit();
    Must(sem_post(sem));
    Must(munmap(reading, (nuint)sizeof(Reading)));
    return Must(sem_close(sem));
}

static unsafe int Receive(string name)
{
    string semName = name + "_sem";
    int fd = Must(shm_open(name, O_RDONLY | O_NONBLOCK, 0), name, (ENOENT, "先运行 send。"));
    Trust.Object(fd, name);
    sem_t* sem = Must(sem_open(semName, 0), semName, (ENOENT, "先运行 send。"));
    Trust.Semaphore(semName);
    bool waits = Must(sem_trywait(sem), semName, (EAGAIN, Allowed)) == -1;
    if (waits) Console.Error.WriteLine($"等待发送方在信号量 {semName} 上 sem_post；按 Ctrl+C 放弃。");
    if (waits) Must(sem_wait(sem), semName);
    Undo.Add(() => { shm_unlink(name); sem_unlink(semName); });
    // 对方是任何程序，大小不能想当然：对象小了，缺的字段读出来是 0；是空的，一访问就是 SIGBUS。
    Must(fstat(fd, out stat_t st));
    string small = $"fstat(fd): \"{name}\" 只有 {st.st_size} 字节，不够一个结构（{sizeof(Reading)} 字节）。";
    if (st.st_size < sizeof(Reading)) errx(1, small + "双方的结构要一样，再运行一次 send。");
    var memory = (Reading*)Must(mmap(null, (nuint)sizeof(Reading), PROT_READ, MAP_SHARED, fd, 0));
    Must(close(fd));
    Reading reading = *memory; // 先复制再用：对方若再写，也改不到这一份
    Console.WriteLine($"process:{getpid()} recv:{reading}");
    Must(munmap(memory, (nuint)sizeof(Reading)));
    Undo.Commit();
    Must(shm_unlink(name), name, (ENOENT, Allowed));
    Must(sem_unlink(semName), semName, (ENOENT, Allowed));
    return Must(sem_close(sem));
}

static unsafe int Show()
{
    int fields = sizeof(int) + sizeof(long) + sizeof(double) + Reading.PlaceSize + sizeof(byte);
    Observe("H1", $"结构占 {Is(sizeof(Reading), 48)} 字节：字段 {fields}，照 C 的规则空出 {sizeof(Reading) - fields}");
    // 先终止另一个进程再删名字；拿住这把锁不放，此后也不会再启动谁。
    string name = $"/Interop-{Random.Shared.NextInt64():x16}", semName = name + "_sem";
    (Lock starting, Process? other) = (new Lock(), null);
    Undo.Add(() => { starting.Enter(); other?.Kill(); other?.WaitForExit(); shm_unlink(name); sem_unlink(semName); });
    string[] csharp = self_command, python = ["python3", Path.Combine(AppContext.BaseDirectory, "reading.py")];
    bool hasPython = Run("python3", "--version") != null;
    Exchange("C# 写，C# 读", csharp, csharp);
    if (hasPython) Exchange("C# 写，Python 读", csharp, python);
    if (hasPython) Exchange("Python 写，C# 读", python, csharp);
    else Observe("K1", "这里没有能用的 python3，没有与 Python 交换");
    return ExitCode;
    void Exchange(string what, string[] sender, string[] receiver)
    {
        string random = FormattableString.Invariant($"{Random.Shared.NextDouble() * 40:F4}");
        string? sent = Run([.. sender, "send", name, "实验室", random])?.Split(" send:")[^1];
        string? received = sent == null ? null : Run([.. receiver, "receive", name])?.Split(" recv:")[^1];
        string seen = sent == null ? Is("发送方没有发送成功", "发送成功") : Is(received ?? "没有读到", sent);
        Observe("K1", $"{what}：{seen}");
    }

    string? Run(params string[] command) // 启动另一个程序，收下它打印的一行；没有做成是 null
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        try { lock (starting) other = Process.Start(start)!; }
        catch (Win32Exception) { return null; }
        catch (FileNotFoundException e) { errx(1, $"getcwd: 当前目录不在了，换一个目录再运行。{e.Message}"); }
        string output = other.StandardOutput.ReadToEnd().TrimEnd();
        other.WaitForExit();
        return other.ExitCode == 0 ? output : null;
    }
}
