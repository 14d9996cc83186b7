// SafeBuffer.Read 读共享的内存。
#:project ../../../../examples/Posix

using System.IO.MemoryMappedFiles;
using static Posix.Libc;

unsafe
{
    string name = args[0], semName = name + "_sem";
    sem_t* sem = Must(sem_open(semName, O_CREAT, S_IRUSR | S_IWUSR, 0), semName);
    Must(sem_wait(sem));
    Must(sem_unlink(semName), semName);
    using var file = MemoryMappedFile.CreateFromFile("/dev/shm" + name, FileMode.Open);
    using var view = file.CreateViewAccessor(0, 16);
    Must(shm_unlink(name), name);
    int one = view.SafeMemoryMappedViewHandle.Read<int>(0), two = view.SafeMemoryMappedViewHandle.Read<int>(4);
    Console.WriteLine($"B：合计 {one + two}");
}
