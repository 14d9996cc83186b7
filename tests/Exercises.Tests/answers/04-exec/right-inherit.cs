#:project ../../examples/Posix

// 对：用 Process 启动，fcntl 去掉描述符的 close-on-exec；等用 WaitForExitAsync。
using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static Posix.Libc;

if (args is ["child", var number, var text])
{
    using var own = MemoryMappedFile.CreateFromFile(new SafeFileHandle(int.Parse(number), true), null, 4, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, false);
    using MemoryMappedViewAccessor cell = own.CreateViewAccessor();
    cell.Write(0, int.Parse(text));
    Console.WriteLine($"子进程：写入了 {text}");
    return 0;
}

int fd = memfd_create("memory", MFD_CLOEXEC);
if (fd == -1 || ftruncate(fd, 4) == -1) return 1;
const int F_SETFD = 2;
if (Native.fcntl(fd, F_SETFD, 0) == -1) return 1;
using var file = MemoryMappedFile.CreateFromFile(new SafeFileHandle(fd, true), null, 4, MemoryMappedFileAccess.ReadWrite, HandleInheritability.Inheritable, false);
using MemoryMappedViewAccessor view = file.CreateViewAccessor();
using Process child = Process.Start(Environment.ProcessPath!, ["child", fd.ToString(), args.ElementAtOrDefault(0) ?? "1234"]);
await child.WaitForExitAsync();
if (child.ExitCode != 0) return 1;
Console.WriteLine($"父进程：读到 {view.ReadInt32(0)}");
return 0;

internal static partial class Native
{
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, int argument);
}
