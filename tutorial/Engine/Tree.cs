using static Posix.Libc;

namespace Engine;

/// <summary>学生的全部进程：检查器是它们的「收养者」，孤儿都归它，一个也跑不掉。</summary>
internal static class Tree
{
    /// <summary>检查器之下的全部进程。</summary>
    public static IEnumerable<Peer> All => new Peer(Environment.ProcessId).Descendants();

    /// <summary>结束这些进程，取走状态。</summary>
    /// <param name="all">每问一次，是此刻还在的。</param>
    /// <returns>在此之前还在的进程。</returns>
    public static Peer[] Kill(IEnumerable<Peer> all)
    {
        Peer[] first = [.. all];

        // 先全部停住再杀：正在不断启动子进程的，停住之后就不会再多。杀掉一个，它的孩子归到检查器之下，下一轮再杀。
        for (Peer[] rest = first; rest.Length > 0; rest = [.. all])
        {
            foreach (Peer peer in rest) kill(peer.Pid, SIGSTOP);
            foreach (Peer peer in rest) kill(peer.Pid, SIGKILL);
            foreach (Peer peer in rest) _ = waitpid(peer.Pid, out _, WNOHANG);
            Thread.Yield();
        }

        return first;
    }
}
