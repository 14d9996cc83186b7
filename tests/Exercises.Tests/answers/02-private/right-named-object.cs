#:project ../../examples/Posix

// 对：没有 memfd：/dev/shm 下的文件，两边各用 MemoryMappedFile 打开，名字写在角色参数之后。
using System.Diagnostics;
using System.IO.MemoryMappedFiles;

if (args is ["child", var path, var text])
{
    using var mine = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
    using MemoryMappedViewAccessor cell = mine.CreateViewAccessor(0, sizeof(int));
    cell.Write(0, int.Parse(text));
    Console.WriteLine($"子进程：写入了，读回来是 {cell.ReadInt32(0)}");
    return 0;
}

int value = args.Length > 0 ? int.Parse(args[0]) : Random.Shared.Next(1000, 10000);
string name = $"/dev/shm/{Guid.NewGuid():N}";
try
{
    using var file = MemoryMappedFile.CreateFromFile(name, FileMode.CreateNew, null, sizeof(int));
    using MemoryMappedViewAccessor view = file.CreateViewAccessor();
    using Process child = Process.Start(Environment.ProcessPath!, ["child", name, $"{value}"])!;
    child.WaitForExit();
    Console.WriteLine($"父进程：读到 {view.ReadInt32(0)}");
    return child.ExitCode;
}
finally
{
    File.Delete(name);
}
