namespace Check;

/// <summary>一个练习：文件、题目、看哪里、两步提示、怎样检查。</summary>
/// <param name="File">文件名，不含 .cs；前两位是编号。</param>
/// <param name="Title">题目。</param>
/// <param name="Chapter">看哪一章、哪个示例。</param>
/// <param name="Hints">两步提示，第二步更具体，但不是答案。</param>
/// <param name="Check">检查：不通过就抛出 <see cref="Rejected"/>。</param>
internal sealed record Exercise(string File, string Title, string Chapter, string[] Hints, Action<Trial> Check)
{
    /// <summary>编号，两位。</summary>
    public string Number => File[..2];

    /// <summary>全部练习，按次序。加一个练习，就在这里加一行。</summary>
    public static readonly Exercise[] All =
    [
        Exercises.Protection.Exercise,
        Exercises.Private.Exercise,
        Exercises.Waitpid.Exercise,
        Exercises.Exec.Exercise,
        Exercises.Offset.Exercise,
        Exercises.Ftruncate.Exercise,
        Exercises.Unlink.Exercise,
        Exercises.Excl.Exercise,
        Exercises.AttachRace.Exercise,
        Exercises.Semaphore.Exercise,
        Exercises.LostUpdates.Exercise,
        Exercises.RingBuffer.Exercise,
        Exercises.HolderDies.Exercise,
        Exercises.Pointer.Exercise,
        Exercises.Struct.Exercise,
        Exercises.Full.Exercise,
        Exercises.Flag.Exercise,
        Exercises.Died.Exercise,
        Exercises.TwoProducers.Exercise,
        Exercises.Mailbox.Exercise,
    ];
}
