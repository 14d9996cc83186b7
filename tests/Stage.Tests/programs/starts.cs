#:project ../../../examples/Posix

// 怎样开始、怎样结束，由参数选一种；收尾的时候打印退出码。
using Posix;
using static Posix.Libc;

AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.WriteLine($"ended {Environment.ExitCode}");
try
{
    switch (args[0])
    {
        case "throws":
            throw new InvalidOperationException("bad");
        case "exits":
            Environment.Exit(7);
            break;
        case "errx":
            errx(3, "no");
            break;
        case "code":
            Environment.ExitCode = 5;
            break;
        case "crashes":
            unsafe
            {
                Console.WriteLine(*(int*)args.Length);
            }

            break;
        case "fails":
            Environment.FailFast("bad");
            break;
        case "dies":
            kill(getpid(), SIGKILL);
            break;
        case "child":
            Console.WriteLine($"{Own.Pid == getpid()} {Environment.ProcessId == getpid()} {Environment.GetEnvironmentVariable("STAGE_FORK")}");
            spawn_self(out int child, ["exits"]);
            waitpid(child, out int status, 0);
            Console.WriteLine(WEXITSTATUS(status));
            break;
    }
}
finally
{
    Console.WriteLine("finally");
}

return args[0] == "code" ? Environment.ExitCode : 2;

internal static class Own
{
    public static readonly int Pid = getpid();
}
