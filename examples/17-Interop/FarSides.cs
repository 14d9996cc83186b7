using System.Globalization;
using System.Runtime.InteropServices;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

/// <summary>不带参数时做的事：看结构的布局；再启动各语言的一方，一个存，另一个取。</summary>
internal static unsafe class FarSides
{
    public static int Show()
    {
        Reading r;
        Packed p;
        byte* at = (byte*)&r, packed = (byte*)&p;
        Observe("H1", "number、time、celsius、place、valid 的偏移，C 的编译器按 8 字节对齐排出来的，C# 照着写", "0、8、16、24、40，共 48",
            $"{(byte*)&r.Number - at}、{(byte*)&r.Time - at}、{(byte*)&r.Celsius - at}、{r.Place - at}、{&r.Valid - at}，共 {sizeof(Reading)}");
        Observe("H1", "同样的字段，Pack = 1 一个挨一个：从 time 起就与 C 错开", "0、4、12、20、36，共 37",
            $"{(byte*)&p.Number - packed}、{(byte*)&p.Time - packed}、{(byte*)&p.Celsius - packed}、{p.Place - packed}、{&p.Valid - packed}，共 {sizeof(Packed)}");

        string name = $"/Interop-{getpid()}";
        using var cleanup = new Cleanup(() =>
        {
            OtherProcess.End();
            shm_unlink(name);
            sem_unlink(name + "_sem");
        });

        // 以 dotnet X.dll 启动时，可执行文件是 dotnet，要先补上 X.dll。
        string self = Environment.ProcessPath!;
        string[] csharp = Path.GetFileName(self) == "dotnet" ? [self, Environment.GetCommandLineArgs()[0]] : [self];
        string[] python = ["python3", Path.Combine(AppContext.BaseDirectory, "reading.py")];
        Exchange("C# 存下的结构，另一个 C# 进程取到的", name, csharp, csharp);
        if (OtherProcess.PythonVersion() is { } version)
        {
            Exchange($"C# 存下的结构，{version} 取到的", name, csharp, python);
            Exchange($"{version} 存下的结构，C# 取到的", name, python, csharp);
        }
        else
        {
            Report("K1", "与 Python 交换", "这里没有 python3，没有做");
        }

        return ExitCode;
    }

    // 两边都是真实的进程，各自打印自己存下的、取到的；温度是随机的，只能从共享内存里得到。
    private static void Exchange(string what, string name, string[] send, string[] receive)
    {
        string celsius = (Random.Shared.NextDouble() * 40 + 1).ToString(CultureInfo.InvariantCulture);
        string sent = OtherProcess.Run([.. send, "send", name, "实验室", celsius]).Split(" send:")[^1];
        string received = OtherProcess.Run([.. receive, "receive", name]).Split(" recv:")[^1];
        Observe("K1", what, sent, received);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Packed
    {
        public int Number;
        public long Time;
        public double Celsius;
        public fixed byte Place[Reading.PlaceSize];
        public byte Valid;
    }
}
