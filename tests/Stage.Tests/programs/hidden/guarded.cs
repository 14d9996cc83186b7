// 未必做的读，和排在一次调用后面的读：提前就错了。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    int* none = null, p = (int*)Must(mmap(null, 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    int unread = none != null ? Sum(*none, One()) : 5;
    int after = Set(p) + *p + One();
    Console.WriteLine($"{unread} {after}");
}

static int One() => int.Parse("1");

static int Sum(int a, int b) => int.Parse($"{a + b}");

static unsafe int Set(int* p)
{
    *p = 100;
    return 1;
}
