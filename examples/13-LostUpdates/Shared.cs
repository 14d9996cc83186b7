/// <summary>两个进程共享的内容：对象里就是它，从第一个字节起。</summary>
internal unsafe struct Shared
{
    /// <summary>每个进程一轮加多少次，也是信的封数。</summary>
    public const int Times = 100_000;

    public int Arrived;
    public int Unprotected;
    public int Rounds;
    public int ByMutex;
    public int ByInterlocked;
    public Mail ByPost;
    public Mail ByFlag;

    /// <summary>每封信用一个格子，只写一次：读早了会看到 0。</summary>
    public struct Mail
    {
        public fixed long Letter[Times];
        public fixed long Copy[Times];
        public fixed int Written[Times];
    }
}
