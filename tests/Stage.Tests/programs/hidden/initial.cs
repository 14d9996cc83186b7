// 字段的初值：读在构造里。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0], semName = name + "_sem";
    sem_t* sem = Must(sem_open(semName, O_CREAT, S_IRUSR | S_IWUSR, 0), semName);
    Must(sem_wait(sem));
    Must(sem_unlink(semName), semName);
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    Must(shm_unlink(name), name);
    int* slots = (int*)Must(mmap(null, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    nint at = (nint)slots;
    int sum = new Snap(at).Sum;
    Console.WriteLine($"B：合计 {sum}");
}

internal sealed unsafe class Snap(nint at) { public readonly int Sum = ((int*)at)[0] + ((int*)at)[1]; }
