using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

/// <summary>对照：同样多的数据用 write 和 read 经管道传。</summary>
internal static unsafe class OverPipe
{
    /// <summary>传一次，写出三行观察。</summary>
    /// <returns>0；有调用失败为 1。</returns>
    public static int Run()
    {
        byte[] data = new byte[Receiver.Size];
        Random.Shared.NextBytes(data);
        int* down = stackalloc int[2], up = stackalloc int[2];
        if (pipe2(down, O_CLOEXEC) == -1 || pipe2(up, O_CLOEXEC) == -1) return Fail(errno, "pipe2(pipefd, O_CLOEXEC)");
        Errno error = spawn_self(out int pid, ["pipe"], (down[0], Receiver.DataFd), (up[1], Receiver.AnswerFd));
        if (error != 0) return Fail(error, "posix_spawn(\"pipe\")");
        close(down[0]);
        close(up[1]);

        IoCount before = IoCount.Now();
        fixed (byte* start = data)
        {
            // 管道装不下这么多，写一块等子进程读一块；没写完的，从断处接着写。
            nint written = 0;
            while (written < data.Length)
            {
                nint n = write(down[1], start + written, (nuint)Math.Min(Receiver.Chunk, data.Length - written));
                if (n == -1) return Fail(errno, $"write({down[1]}, data, {Receiver.Chunk})", (EPIPE, "子进程没有读完就结束了，看它上面报的错。"));
                written += n;
            }
        }

        close(down[1]);
        Answer answer;
        nint got = read(up[0], &answer, (nuint)sizeof(Answer));
        if (got == -1) return Fail(errno, $"read({up[0]}, &answer, {sizeof(Answer)})");
        IoCount count = IoCount.Since(before);
        close(up[0]);
        if (waitpid(pid, out int status, 0) == -1) return Fail(errno, $"waitpid({pid})");
        if (Receiver.Check(pid, status) != 0) return 1;

        int least = Receiver.Size / Receiver.Chunk;
        Observe("B1", "对照：1 MiB 随机数据经管道传，校验和", $"{Checksum.Of(data):x8}", $"{answer.Received:x8}");
        Observe("B1", $"对照：经管道传（每次至多 {Receiver.Chunk} 字节），父进程的系统调用", $"write 至少 {least} 次", $"{count}", count.Writes >= least);
        Observe("B1", $"对照：经管道传（每次至多 {Receiver.Chunk} 字节），子进程的系统调用", $"read 至少 {least} 次", $"{answer.Count}", answer.Count.Reads >= least);
        return 0;
    }
}
