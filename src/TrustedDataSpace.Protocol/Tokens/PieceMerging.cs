using System.Buffers;

namespace TrustedDataSpace.Protocol.Tokens;

/// <summary>
/// The merging inside one piece. Short ones look at all neighbours for the next merge; in long ones (a text of one letter, a megabyte without a
/// space) that would take the square of the length, so a queue keeps the neighbours in order.
/// </summary>
internal readonly ref struct PieceMerging(BytePairVocabulary vocabulary, ReadOnlySpan<byte> piece)
{
    private const int Short = 128;

    private readonly ReadOnlySpan<byte> piece = piece;

    /// <summary>The number of tokens; they are added to the list, if there is one.</summary>
    public int Run(List<int>? into) => piece.Length <= Short ? RunShort(into) : RunLong(into);

    // starts[i] is where part i begins; ranks[i] is that of parts i and i + 1 together.
    private int RunShort(List<int>? into)
    {
        Span<int> starts = stackalloc int[Short + 1];
        Span<int> ranks = stackalloc int[Short + 1];
        var parts = piece.Length;
        for (var i = 0; i <= parts; i++)
        {
            starts[i] = i;
            ranks[i] = i + 2 <= piece.Length ? vocabulary.RankOf(piece.Slice(i, 2)) : int.MaxValue;
        }

        while (parts > 1)
        {
            var (lowest, at) = (int.MaxValue, -1);
            for (var i = 0; i < parts - 1; i++)
            {
                if (ranks[i] < lowest)
                {
                    (lowest, at) = (ranks[i], i);
                }
            }

            if (at < 0)
            {
                break;
            }

            starts[(at + 2)..(parts + 1)].CopyTo(starts[(at + 1)..]);
            ranks[(at + 2)..(parts + 1)].CopyTo(ranks[(at + 1)..]);
            parts--;
            ranks[at] = Rank(starts, at, parts);
            if (at > 0)
            {
                ranks[at - 1] = Rank(starts, at - 1, parts);
            }
        }

        for (var i = 0; into is not null && i < parts; i++)
        {
            into.Add(vocabulary.RankOf(piece[starts[i]..starts[i + 1]]));
        }

        return parts;
    }

    private int Rank(ReadOnlySpan<int> starts, int part, int parts) => part + 2 <= parts ? vocabulary.RankOf(piece[starts[part]..starts[part + 2]]) : int.MaxValue;

    // Parts are a list by their first byte: next[i] is where the part behind begins, previous[i] the one before.
    private int RunLong(List<int>? into)
    {
        var length = piece.Length;
        var (next, previous) = (ArrayPool<int>.Shared.Rent(length + 1), ArrayPool<int>.Shared.Rent(length + 1));
        try
        {
            // Of equal ranks the first goes first. A neighbour that has changed since it was queued is passed over.
            var queue = new PriorityQueue<(int Start, int End), (int Rank, int Start)>(length);
            for (var i = 0; i < length; i++)
            {
                (next[i], previous[i]) = (i + 1, i - 1);
                if (i + 1 < length)
                {
                    Offer(queue, i, i + 2);
                }
            }

            var parts = length;
            while (queue.TryDequeue(out var pair, out _))
            {
                var middle = next[pair.Start];
                if (middle < 0 || middle >= length || next[middle] != pair.End)
                {
                    continue;
                }

                next[pair.Start] = pair.End;
                next[middle] = -1;
                parts--;
                if (pair.End < length)
                {
                    previous[pair.End] = pair.Start;
                    Offer(queue, pair.Start, next[pair.End]);
                }

                if (previous[pair.Start] is >= 0 and var before)
                {
                    Offer(queue, before, pair.End);
                }
            }

            for (var i = 0; into is not null && i < length; i = next[i])
            {
                into.Add(vocabulary.RankOf(piece[i..next[i]]));
            }

            return parts;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(next);
            ArrayPool<int>.Shared.Return(previous);
        }
    }

    private void Offer(PriorityQueue<(int Start, int End), (int Rank, int Start)> queue, int start, int end)
    {
        if (vocabulary.RankOf(piece[start..end]) is not int.MaxValue and var rank)
        {
            queue.Enqueue((start, end), (rank, start));
        }
    }
}
