#:project ../../examples/Posix

// 对：名字当作 /dev/shm 下的文件：FileStream 创建，File.Delete 删，子进程是 Process。
using System.Diagnostics;

if (args is ["child", var mine])
{
    using FileStream own = File.OpenRead("/dev/shm" + mine);
    Console.WriteLine($"子进程：读到 {new BinaryReader(own).ReadInt32()}");
    return 0;
}

string name = args.ElementAtOrDefault(0) ?? $"/{Environment.UserName}-07";
int value = int.Parse(args.ElementAtOrDefault(1) ?? "1234");
int exitCode = 1;
using (var file = new FileStream("/dev/shm" + name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite))
{
    try
    {
        file.Write(BitConverter.GetBytes(value));
        file.Flush();
        using Process child = Process.Start(Environment.ProcessPath!, ["child", name]);
        child.WaitForExit();
        exitCode = child.ExitCode == 0 ? 0 : 1;
        if (exitCode == 0) Console.WriteLine("父进程：子进程已经读完");
    }
    finally
    {
        File.Delete("/dev/shm" + name);
    }
}

return exitCode;
