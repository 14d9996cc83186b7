using Engine;

namespace Stage;

/// <summary>只录一个次序：走遍太大的一场，也能把找到的那一个写成网页。</summary>
/// <param name="parts">程序。</param>
/// <param name="moves">每一步走第几个进程。</param>
internal sealed class Along(Part[] parts, int[] moves) : Recorder(parts, int.MaxValue, TimeSpan.FromMinutes(20))
{
    private int _taken;

    /// <summary>照次序的写法走一遍，得到每一步。</summary>
    /// <exception cref="Different">次序里有杀死、再启动：网页里没有它们的按钮。</exception>
    public static int[] Moves(Part[] parts, string order)
    {
        var moves = new List<int>();
        Arena.Enter(() =>
        {
            using Run run = Run.Start(parts);
            Order.Follow(order, () => run.Now, parts, move =>
            {
                run.Take(move);
                moves.Add(move);
                return true;
            });
        });
        return moves.All(move => move is >= 0 and < Move.First) ? [.. moves] : throw new Different("网页里不能杀死进程、也不能再启动：这个次序在终端里走，去掉 --html。");
    }

    /// <inheritdoc/>
    protected override IEnumerable<int> Choices(int state) => _taken < moves.Length ? [moves[_taken]] : [];

    /// <inheritdoc/>
    protected override void Arrived(int from, int move, int to) => _taken++;
}
