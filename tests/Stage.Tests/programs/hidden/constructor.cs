// 字段的初值里打开对象：没有停的地方，谁先谁后没有选。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    var box = new Box(args[0]);
    Must(fstat(box.Fd, out stat_t st));
    Console.WriteLine($"B：打开了，{st.st_size} 字节");
    Must(shm_unlink(args[0]), args[0]);
}

internal sealed class Box(string name)
{
    public readonly int Fd = Must(shm_open(name, O_RDWR, 0), name);
}
