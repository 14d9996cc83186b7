#:project ../../examples/Posix

// 解答 15 · 一个结构，两种语言
// C 的 long 在 64 位 Linux 上是 8 字节，对应 C# 的 long（nint）；char 是 1 字节，对应 byte，不是 2 字节的 char。
// 成员按自己的大小对齐，中间留空：0、8、16、24，一共 32 字节。Pack = 1 去掉了空，就错开了。C# 默认的对齐与 C 相同。
//     dotnet run tutorial/solutions/15-struct.cs [编号 温度]
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

[StructLayout(LayoutKind.Sequential)]
internal struct Reading
{
    public byte Kind;
    public long Id;
    public bool Valid;
    public double Degrees;
}
