// .NET 的映射记着创建的时候文件有多大，流记着读到了哪里：从外面看不到，从变量的类型也看不出来。
#:project ../../../../examples/Posix

using System.IO.MemoryMappedFiles;

using FileStream file = new("/dev/shm" + args[0], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
file.SetLength(8192);
using var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
file.Seek(0, SeekOrigin.End);
try
{
    using var view = map.CreateViewAccessor(0, 8192);
    Console.WriteLine($"B：映射了 {view.Capacity}，到了 {file.Position}");
}
catch (Exception e)
{
    Console.WriteLine($"B：{e.GetType().Name}，到了 {file.Position}");
}
