#:project ../../examples/Posix

// 对：全用 .NET：MemoryMappedFile 打开 /dev/shm 下的文件，Process 启动子进程，using 收尾。
using System.Diagnostics;
using System.IO.MemoryMappedFiles;

return args is ["child", var name] ? Reader.Read(name) : Writer.Write(args.ElementAtOrDefault(0) ?? "/" + Environment.UserName + "-03", int.Parse(args.ElementAtOrDefault(1) ?? "4711"));

internal static class Writer
{
    public static int Write(string name, int value)
    {
        string path = "/dev/shm" + name;
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, Options = FileOptions.DeleteOnClose });
        stream.SetLength(1024);
        using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        using (MemoryMappedViewAccessor view = file.CreateViewAccessor())
        {
            view.Write(512, value);
        }

        using Process child = Process.Start(Environment.ProcessPath!, ["child", name]);
        child.WaitForExit();
        return child.ExitCode;
    }
}

internal static class Reader
{
    public static int Read(string name)
    {
        using var file = MemoryMappedFile.CreateFromFile("/dev/shm" + name, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor(512, sizeof(int), MemoryMappedFileAccess.Read);
        Console.WriteLine("子进程：读到 " + view.ReadInt32(0));
        return 0;
    }
}
