using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// Reads one JSON document as it comes, byte by byte, and tells what stands at the places that are asked for. Nothing is kept but the names on
/// the way down: a text is told in the pieces in which it came. It does not check what the reader of the document will check; what it cannot
/// follow makes it broken.
/// </summary>
internal abstract class JsonWalk
{
    private const int MostLevels = 64;
    private const int LongestName = 256;
    private const int LongestScalar = 64;

    private readonly JsonPlace root;
    private readonly Stack<Level> levels = new();
    private readonly Decoder decoder = new UTF8Encoding(false, true).GetDecoder();
    private readonly StringBuilder name = new();
    private readonly StringBuilder scalar = new();
    private readonly char[] characters = new char[1024];
    private State state = State.Between;
    private JsonPlace? place;
    private bool isName;
    private int hexLeft;
    private int hex;
    private int marked;

    protected JsonWalk(JsonPlace root) => (this.root, place) = (root, root);

    private enum State
    {
        Between,
        Text,
        Escape,
        Hex,
        Scalar,
        Ended,
    }

    /// <summary>Whether it came to something that it cannot follow: what was told until then is all there is.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether the document is whole.</summary>
    public bool IsWhole => state == State.Ended && !IsBroken;

    /// <summary>Bytes taken so far, of all documents.</summary>
    protected long Position { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes = WithoutMark(bytes);
        for (var at = 0; at < bytes.Length && !IsBroken;)
        {
            if (state != State.Text)
            {
                Position++;
                Take(bytes[at++]);
                continue;
            }

            var end = bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
            var run = end < 0 ? bytes[at..] : bytes.Slice(at, end);
            Decode(run, flush: end >= 0);
            at += run.Length;
            Position += run.Length;
            if (end >= 0 && !IsBroken)
            {
                Position++;
                Take(bytes[at++]);
            }
        }
    }

    /// <summary>Another document follows.</summary>
    public void Begin()
    {
        levels.Clear();
        decoder.Reset();
        (state, place, isName, IsBroken) = (State.Between, root, false, false);

        // A byte order mark stands before the whole, not in the middle of it.
        marked = ByteOrderMark.Bytes.Length;
    }

    /// <summary>A piece of a text at a place.</summary>
    protected abstract void Text(JsonPlace at, ReadOnlySpan<char> piece);

    /// <summary>A number, <c>true</c> or <c>false</c> at a place, as it is written.</summary>
    protected abstract void Scalar(JsonPlace at, string value);

    /// <summary>An object or a list at a place begins.</summary>
    protected abstract void Enter(JsonPlace at, bool isList);

    /// <summary>An object or a list, or a text, at a place has ended.</summary>
    protected abstract void Leave(JsonPlace at);

    private ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes)
    {
        while (marked < ByteOrderMark.Bytes.Length && !bytes.IsEmpty)
        {
            if (bytes[0] != ByteOrderMark.Bytes[marked])
            {
                // Half of one: no document begins with it.
                IsBroken = marked > 0;
                marked = ByteOrderMark.Bytes.Length;
                break;
            }

            marked++;
            bytes = bytes[1..];
        }

        return bytes;
    }

    private void Take(byte value)
    {
        switch (state)
        {
            case State.Text when value == '"':
                EndText();
                break;
            case State.Text:
                state = State.Escape;
                break;
            case State.Escape:
                Escape(value);
                break;
            case State.Hex:
                Hex(value);
                break;
            case State.Scalar when value is (byte)',' or (byte)'}' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t':
                EndScalar();
                Between(value);
                break;
            case State.Scalar:
                scalar.Append((char)value);
                IsBroken = scalar.Length > LongestScalar;
                break;
            default:
                Between(value);
                break;
        }
    }

    private void Between(byte value)
    {
        if (value is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            return;
        }

        if (state == State.Ended)
        {
            IsBroken = true;
            return;
        }

        switch (value)
        {
            case (byte)'{' or (byte)'[':
                Open(isList: value == '[');
                break;
            case (byte)'}' or (byte)']':
                Close(isList: value == ']');
                break;
            case (byte)',':
                IsBroken = levels.Count == 0;
                Next();
                break;
            case (byte)':':
                IsBroken = levels.Count == 0 || levels.Peek().IsList || isName;
                break;
            case (byte)'"':
                (state, hex) = (State.Text, 0);
                name.Clear();
                break;
            case (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' or (>= (byte)'0' and <= (byte)'9'):
                IsBroken = isName;
                scalar.Clear().Append((char)value);
                state = State.Scalar;
                break;
            default:
                IsBroken = true;
                break;
        }
    }

    private void Open(bool isList)
    {
        if (isName || levels.Count == MostLevels)
        {
            IsBroken = true;
            return;
        }

        if (place is { } here)
        {
            Enter(here, isList);
        }

        levels.Push(new Level(isList, place));
        Next();
    }

    private void Close(bool isList)
    {
        if (levels.Count == 0 || levels.Peek().IsList != isList)
        {
            IsBroken = true;
            return;
        }

        place = levels.Pop().Place;
        isName = false;
        EndValue();
    }

    private void Next()
    {
        if (levels.TryPeek(out var level))
        {
            isName = !level.IsList;
            place = level.IsList ? level.Place?.Item : null;
        }
    }

    private void EndText()
    {
        if (isName)
        {
            place = levels.Peek().Place?.Member(name.Length <= LongestName ? name.ToString() : null);
            (isName, state) = (false, State.Between);
            return;
        }

        EndValue();
    }

    private void EndScalar()
    {
        var value = scalar.ToString();
        if (place is { } here && value != "null")
        {
            Scalar(here, value);
        }

        EndValue();
    }

    // Behind a value its place is over, until a comma says what comes next.
    private void EndValue()
    {
        if (place is { } here && state is State.Text or State.Between)
        {
            Leave(here);
        }

        place = null;
        state = levels.Count == 0 ? State.Ended : State.Between;
    }

    private void Escape(byte value)
    {
        state = State.Text;
        switch (value)
        {
            case (byte)'"' or (byte)'\\' or (byte)'/':
                Tell([(char)value]);
                break;
            case (byte)'b':
                Tell("\b");
                break;
            case (byte)'f':
                Tell("\f");
                break;
            case (byte)'n':
                Tell("\n");
                break;
            case (byte)'r':
                Tell("\r");
                break;
            case (byte)'t':
                Tell("\t");
                break;
            case (byte)'u':
                (state, hexLeft, hex) = (State.Hex, 4, 0);
                break;
            default:
                IsBroken = true;
                break;
        }
    }

    private void Hex(byte value)
    {
        if (!int.TryParse([(char)value], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digit))
        {
            IsBroken = true;
            return;
        }

        hex = (hex << 4) | digit;
        if (--hexLeft == 0)
        {
            state = State.Text;
            Tell([(char)hex]);
        }
    }

    private void Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        try
        {
            bool isDone;
            do
            {
                decoder.Convert(bytes, characters, flush, out var used, out var count, out isDone);
                bytes = bytes[used..];
                Tell(characters.AsSpan(0, count));
            }
            while (!isDone);
        }
        catch (DecoderFallbackException)
        {
            IsBroken = true;
        }
    }

    private void Tell(ReadOnlySpan<char> piece)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        if (!isName)
        {
            if (place is { } here)
            {
                Text(here, piece);
            }
        }
        else if (name.Length <= LongestName)
        {
            name.Append(piece);
        }
    }

    private readonly record struct Level(bool IsList, JsonPlace? Place);
}
