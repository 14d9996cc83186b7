// System V 的共享内存：shmget、shmat、shmdt、shmctl，对照 shm_open、mmap、munmap、shm_unlink。
//
//     dotnet run --project examples/22-SystemV -- [send 键 消息 | receive 键]
//
// 没有参数，就看键、寿命、删除和上限。send 与 receive 做第 10 章同样的交换，先运行 send；键是两边约定的一个整数。
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const string Full = "到了上限：看 ipcs -l。", Others = "这个键属于别的用户，见 ipcs：换一个键。";
int key = Random.Shared.Next(1, int.MaxValue);
if (args is ["store", var id, var word] && was_spawned) return Store(int.Parse(id), long.Parse(word));
bool isExchange = args is ["send", _, _] or ["receive", _] && int.TryParse(args[1], out key) && key > 0;
if (!isExchange && args is not []) errx(2, "用法：SystemV [send 键 消息 | receive 键]（键是大于 0 的整数）");
if (Limit("shm_rmid_forced") == "1") errx(1, "shm_rmid_forced 是 1：没有进程附着的段，内核马上销毁。");
return args is [] ? Show(key) : args is [_, _, var text] ? Send(key, text) : Receive(key);

static unsafe int Send(int key, string text)
{
    // 大小在创建的时候就定了，没有 ftruncate 那一步：接收方问到的不会是 0。
    byte[] message = Encoding.UTF8.GetBytes(text + '\0');
    string left = $"看 ipcs 的属主：是自己的，先运行 receive，或者 ipcrm -M {key} -S {key}；是别人的，换一个键。";
    int shm = Must(shmget(key, (nuint)message.Length, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W), key,
        (EEXIST, left), (ENOSPC, Full), (EINVAL, Full));
    Undo.Add(() => shmctl(shm, IPC_RMID, null));
    int sem = Must(semget(key, 1, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W), key, (EEXIST, left), (ENOSPC, Full));
    Undo.Add(() => semctl(sem, 0, IPC_RMID));
    void* memory = Must(shmat(shm, null, 0));
    message.CopyTo(new Span<byte>(memory, message.Length));

    // 加了 1，这一条就是接收方的了，不再撤销；「发了」最后才说。
    Undo.Commit();
    sembuf_t post = new() { sem_op = 1 };
    Must(semop(sem, &post, 1));
    Console.WriteLine($"process:{getpid()} send:{text}");
    return Must(shmdt(memory));
}

static unsafe int Receive(int key)
{
    int shm = Must(shmget(key, 0, 0), key, (ENOENT, "先运行 send。"));
    int sem = Must(semget(key, 0, 0), key, (ENOENT, $"先运行 send；它若不肯，用 ipcrm -M {key} 删除。"));
    shmid_ds_t about;
    Must(shmctl(shm, IPC_STAT, &about), key, (EACCES, Others));
    bool isOurs = about.shm_perm.uid == geteuid() && about.shm_segsz <= 1 << 20;
    if (!isOurs) errx(1, $"shmctl: 键 {key} 属于用户 {about.shm_perm.uid}，{about.shm_segsz} 字节：不读。换一个键。");
    Console.Error.WriteLine($"等待 send 在键 {key} 的信号量上加 1；按 Ctrl+C 放弃。");

    // SEM_UNDO：还没有删除信号量就结束了，不论怎样结束，内核把减去的 1 加回去，这一条留给下一个接收方。
    sembuf_t wait = new() { sem_op = -1, sem_flg = SEM_UNDO };
    Must(semop(sem, &wait, 1), key, (EIDRM, "等待的时候被删除了：别人取走了消息，再运行 send。"), (EACCES, Others));
    void* memory = Must(shmat(shm, null, SHM_RDONLY));
    var bytes = new ReadOnlySpan<byte>(memory, (int)about.shm_segsz);
    Console.WriteLine($"process:{getpid()} recv:{Encoding.UTF8.GetString(bytes).Split('\0')[0]}");
    Must(semctl(sem, 0, IPC_RMID), key, (EPERM, Others));
    Must(shmctl(shm, IPC_RMID, null));
    return Must(shmdt(memory));
}

static unsafe int Store(int shm, long word)
{
    *(long*)Must(shmat(shm, null, 0)) = word;
    return 0;
}

static unsafe int Show(int key)
{
    long word = Random.Shared.NextInt64();
    int shm = Must(shmget(key, 5000, IPC_CREAT | IPC_EXCL | SHM_R | SHM_W), key, (ENOSPC, Full));
    Undo.Add(() => shmctl(shm, IPC_RMID, null));
    string ending = Is(ChildProcess.Run(["store", $"{shm}", $"{word}"]), "退出码 0");
    shmid_ds_t about;
    Must(shmctl(shm, IPC_STAT, &about));
    long* memory = (long*)Must(shmat(shm, null, 0));
    string shown = Is(Proc.Mapping(memory)!.Split("  ")[^1].Trim(), $"/SYSV{key:x8} (deleted)");
    Observe("V1", $"创建了编号 {shm} 的段：/proc/sysvipc/shm 里有 {Is(Rows(shm), 1)} 行，maps 里写作 {shown}");
    string read = Is(*memory, word);
    Observe("V2", $"子进程写入之后结束了（{ending}），附着 {Is(about.shm_nattch, (nuint)0)} 次，段还在，读到 {read}");
    string more = Is(Outcome(shmget(key, 5001, 0)), "EINVAL");
    Observe("V3", $"大小在创建的时候就定了：凭同一个键要 5001 字节，得到 {more}");
    Must(shmctl(shm, IPC_RMID, null));
    string byKey = Is(Outcome(shmget(key, 0, 0)), "ENOENT");
    void* again = shmat(shm, null, 0);
    string byId = Is(Outcome(again), "成功");
    Observe("V4", $"附着时 IPC_RMID：凭键得到 {byKey}，凭编号还能再附上，{byId}（别的系统不一定）");
    Must(shmdt(again));
    read = Is(*memory, word);
    Must(shmdt(memory));
    byId = Is(Outcome(shmat(shm, null, 0)), "EINVAL");
    Observe("V5", $"还附着就读得到 {read}；都 shmdt 之后，shmat 得到 {byId}，剩下 {Is(Rows(shm), 0)} 行");
    Observe("V6", $"上限：一段 {Limit("shmmax")} 字节，一共 {Limit("shmall")} 页、{Limit("shmmni")} 段");
    return ExitCode;
}

static int Rows(int shm) => File.ReadLines("/proc/sysvipc/shm")
    .Count(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == $"{shm}");

static string Limit(string name) => File.ReadAllText($"/proc/sys/kernel/{name}").Trim();
