namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// <c>regex.globs_match</c>: whether some text that is not empty matches two patterns made of characters, <c>.</c>, sets such as
/// <c>[a-z0]</c>, <c>*</c> and <c>+</c>. Found by a walk over pairs of positions, so in time proportional to their product.
/// </summary>
internal static class GlobIntersection
{
    public static bool Exists(BuiltinCall call, string one, string other)
    {
        var (x, y) = (Parse(one), Parse(other));
        call.Evaluation.Spend((long)x.Count * y.Count * 2);

        // The last part of a position tells whether a character has been read.
        var seen = new HashSet<(int X, int Y, bool HasRead)>();
        var queue = new Stack<(int X, int Y, bool HasRead)>([(0, 0, false)]);
        while (queue.TryPop(out var position))
        {
            if (!seen.Add(position))
            {
                continue;
            }

            var (i, j, hasRead) = position;
            if (i == x.Count && j == y.Count && hasRead)
            {
                return true;
            }

            if (i < x.Count && x[i].IsOptional)
            {
                queue.Push((i + 1, j, hasRead));
            }

            if (j < y.Count && y[j].IsOptional)
            {
                queue.Push((i, j + 1, hasRead));
            }

            if (i < x.Count && j < y.Count && x[i].Meets(y[j]))
            {
                queue.Push((i + 1, j + 1, true));
                if (x[i].Repeats)
                {
                    queue.Push((i, j + 1, true));
                }

                if (y[j].Repeats)
                {
                    queue.Push((i + 1, j, true));
                }

                if (x[i].Repeats && y[j].Repeats)
                {
                    queue.Push((i, j, true));
                }
            }
        }

        return false;
    }

    private static List<Token> Parse(string pattern)
    {
        var tokens = new List<Token>();
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*' or '+':
                    if (tokens is not [.., { Repeats: false } last])
                    {
                        throw Invalid(pattern, i + 1, $"flag '{pattern[i]}' must be preceded by a non-flag");
                    }

                    tokens[^1] = last with { Repeats = true, IsOptional = pattern[i] == '*' };
                    break;
                case '.':
                    tokens.Add(new Token([('\0', '\uFFFF')]));
                    break;
                case '[':
                    tokens.Add(ParseSet(pattern, ref i));
                    break;
                case ']':
                    throw Invalid(pattern, i + 1, "set-close ']' with no preceding '['");
                case '\\' when i + 1 < pattern.Length:
                    i++;
                    tokens.Add(new Token([(pattern[i], pattern[i])]));
                    break;
                case '\\':
                    throw Invalid(pattern, i + 1, "the escape has nothing to escape");
                default:
                    tokens.Add(new Token([(pattern[i], pattern[i])]));
                    break;
            }
        }

        return tokens;
    }

    private static Token ParseSet(string pattern, ref int position)
    {
        var ranges = new List<(char From, char To)>();
        for (var i = position + 1; i < pattern.Length; i++)
        {
            if (pattern[i] == ']')
            {
                position = i;
                return new Token([.. ranges]);
            }

            if (pattern[i] == '-' && ranges.Count > 0 && i + 1 < pattern.Length && pattern[i + 1] != ']')
            {
                i += pattern[i + 1] == '\\' && i + 2 < pattern.Length ? 2 : 1;
                var from = ranges[^1].From;
                ranges[^1] = from <= pattern[i] ? (from, pattern[i]) : throw Invalid(pattern, i + 1, "the range is reversed");
                continue;
            }

            i += pattern[i] == '\\' && i + 1 < pattern.Length ? 1 : 0;
            ranges.Add((pattern[i], pattern[i]));
        }

        throw Invalid(pattern, pattern.Length, "found [ without matching ]");
    }

    private static BuiltinException Invalid(string pattern, int position, string problem) =>
        BuiltinException.Failed($"input:{pattern}, pos:{position}, {problem}: the input provided is invalid");

    private sealed record Token((char From, char To)[] Ranges)
    {
        public bool Repeats { get; init; }

        public bool IsOptional { get; init; }

        public bool Meets(Token other) => Ranges.Any(x => other.Ranges.Any(y => x.From <= y.To && y.From <= x.To));
    }
}
