using System.Globalization;
using Posix;
using static Posix.Libc;

namespace Engine;

/// <summary>System V 的段和信号量：它们不是文件，有哪些写在 /proc/sysvipc 里。场地有自己的 IPC 命名空间，里面的全是台上的程序的。</summary>
internal static unsafe class SystemV
{
    /// <summary>段和信号量怎样称呼。</summary>
    public const string Segment = "shmget 创建的段", Semaphore = "semget 创建的";

    private const IpcCommand GETVAL = (IpcCommand)12, GETNCNT = (IpcCommand)14;

    /// <summary>程序的参数里 {key} 换成的键；没有自己的命名空间时，两个舞台的不相同。</summary>
    public static int Key => Arena.IsPrivate ? 22 : Sandbox.Token.GetHashCode(StringComparison.Ordinal) & int.MaxValue;

    /// <summary>有哪些段：编号，凭键还找不找得到（删除之后还附着着的，键已经是 0），怎样读出内容。</summary>
    public static IEnumerable<(int Id, bool IsNamed, Func<byte[]> Read)> Segments() =>
        Rows("shm").Select(row => (row.Id, row.Key != "0", (Func<byte[]>)(() => Read(row.Id, row.Size))));

    public static IEnumerable<ObjectView> Semaphores() =>
        Rows("sem").Select(row => new ObjectView(Semaphore, "semaphore", true, 0, "", 0, semctl(row.Id, 0, GETVAL), semctl(row.Id, 0, GETNCNT)));

    /// <summary>没有自己的命名空间时，程序没有删除的由我们删除；有，内核随它一起收回。</summary>
    public static void RemoveOwn()
    {
        if (Arena.IsPrivate) return;
        foreach (var row in Rows("shm")) _ = shmctl(row.Id, IPC_RMID, null);
        foreach (var row in Rows("sem")) _ = semctl(row.Id, 0, IPC_RMID);
    }

    private static IEnumerable<(string Key, int Id, int Size)> Rows(string kind) =>
        from line in File.ReadLines($"/proc/sysvipc/{kind}").Skip(1)
        let row = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where Arena.IsPrivate || row[0] == $"{Key}"
        select (row[0], int.Parse(row[1], CultureInfo.InvariantCulture), int.Parse(row[3], CultureInfo.InvariantCulture));

    // 附着只在读的这一刻：段什么时候消失，由台上的程序决定。
    private static byte[] Read(int id, int size)
    {
        void* at = shmat(id, null, SHM_RDONLY);
        if (at == (void*)-1) return [];
        byte[] content = new ReadOnlySpan<byte>(at, size).ToArray();
        shmdt(at);
        return content;
    }
}
