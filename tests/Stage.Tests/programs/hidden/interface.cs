// 接口的属性：读在实现里。
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
    ICell cell = new Cell(slots);
    int sum = cell.Sum;
    Console.WriteLine($"B：合计 {sum}");
}

internal interface ICell { int Sum { get; } }
internal sealed unsafe class Cell(int* slots) : ICell { public int Sum => slots[0] + slots[1]; }
