#:project ../../examples/Posix

// 捣乱：留下自己写死的名字：对象、信号量、/dev/shm 里的目录、临时文件和读不得的目录。
using Posix;
using static Posix.Libc;

shm_open("/left-by-student", O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
unsafe
{
    sem_open("/left-by-student", O_CREAT, S_IRUSR | S_IWUSR, 0);
}

Directory.CreateDirectory("/dev/shm/left-folder/inner");
File.WriteAllText(Path.GetTempFileName(), "left");
string locked = Directory.CreateTempSubdirectory("left-").FullName;
File.WriteAllText(Path.Combine(locked, "inner"), "left");
File.SetUnixFileMode(locked, 0);
