#:project ../../examples/Posix

// 练习 15 · 一个结构，两种语言
// 应当怎样：C 写，C# 读（64 位 Linux）：struct reading { char kind; long id; bool valid; double degrees; };
// 现在怎样：C# 的结构与它不一样大，各个成员也不在同样的地方，读出来的全不对。
// 看哪一章：tutorial/17-interop.md，示例 17-Interop。
// TODO：改 Reading，让它与 C 的结构一个字节也不差。
// 怎样判定：父进程照 C 的布局写（不要改），检查器也换成别的；reader 打印的四项都要对。参数与打印的不要改。
//     dotnet run tutorial/my/15-struct.cs [编号 温度]
using System.Globalization;
using System.Runtime.InteropServices;
using static Posix.Libc;

return args switch
{
    [] => Parent(5_000_000_000, 36.5),
    ["reader"] => Reader(),
    [var first, var second] when long.TryParse(first, out long id)
        && double.TryParse(second, CultureInfo.InvariantCulture, out double degrees) => Parent(id, degrees),
    _ => errx(2, "用法：15-struct.cs [编号 温度]"),
};

// 当作 C 的一方，照 C 的布局写。
static unsafe int Parent(long id, double degrees)
{
    int fd = Must(memfd_create("exercise-15", MFD_CLOEXEC));
    Must(ftruncate(fd, 32));
    byte* bytes = (byte*)Must(mmap(null, 32, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    (bytes[0], *(long*)(bytes + 8), bytes[16], *(double*)(bytes + 24)) = ((byte)'T', id, 1, degrees);
    Must(spawn_self(out int pid, ["reader"], (fd, 3)));
    return Must(waitpid(pid, out int status, 0)) == pid && status == 0 ? 0 : 1;
}

static unsafe int Reader()
{
    Reading* reading = (Reading*)Must(mmap(null, 32, PROT_READ, MAP_SHARED, 3, 0));
    string valid = reading->Valid ? "有效" : "无效", degrees = reading->Degrees.ToString(CultureInfo.InvariantCulture);
    Console.WriteLine($"reader：{(char)reading->Kind} {reading->Id} {valid} {degrees}");
    return 0;
}

[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Reading
{
    public char Kind;
    public int Id;
    public bool Valid;
    public double Degrees;
}
