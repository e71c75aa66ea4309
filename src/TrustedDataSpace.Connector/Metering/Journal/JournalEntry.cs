using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>What happened to a use.</summary>
internal enum JournalKind : byte
{
    /// <summary>It was reserved and may flow from now on.</summary>
    Open = 1,

    /// <summary>It has ended: this was delivered.</summary>
    Settle = 2,

    /// <summary>Nothing was delivered: it is given back.</summary>
    Release = 3,

    /// <summary>Consumer: a request goes to the provider.</summary>
    Sent = 4,

    /// <summary>Consumer: its answer has come, under the provider's number: this was delivered.</summary>
    Counted = 5,

    /// <summary>Consumer: the provider has counted nothing.</summary>
    Forgotten = 6,
}

/// <summary>One entry of the journal.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Ticket">The use. Read back from a file, only those of <see cref="JournalKind.Open"/> and <see cref="JournalKind.Sent"/> are whole; the others name the use and no more.</param>
/// <param name="Delivered">What was delivered; only of <see cref="JournalKind.Settle"/> and <see cref="JournalKind.Counted"/>.</param>
internal sealed record JournalEntry(JournalKind Kind, UsageTicket Ticket, Delivered Delivered)
{
    /// <summary>
    /// Whether a provider's process that was killed had counted it in its last moment: its bytes may still have been in that process's memory. What
    /// the tables had by then was counted a moment earlier, and has left.
    /// </summary>
    public bool MayBeLost => IsFound && Kind == JournalKind.Settle && Ticket.Role == FlowRow.Provider;

    /// <summary>Whether it was found in the file when the process started.</summary>
    public bool IsFound { get; init; }

    private const long Observed = 1;
    private const int CauseAt = 1;

    private static readonly string[] Outcomes = [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Cut, UsageOutcomes.Retry];

    /// <summary>Writes the entry: a byte for the kind, then its texts and numbers, little-endian, each text behind its length.</summary>
    public void Write(IBufferWriter<byte> writer)
    {
        writer.GetSpan(1)[0] = (byte)Kind;
        writer.Advance(1);
        Put(writer, Ticket.Role);
        Put(writer, Ticket.Flow);
        Put(writer, Ticket.Interval);
        Put(writer, Ticket.Sequence);
        if (Kind is JournalKind.Open or JournalKind.Sent)
        {
            Put(writer, Ticket.AgreementId);
            Put(writer, Ticket.Claim.Purpose);
            Put(writer, Ticket.Claim.IdempotencyKey);
            Put(writer, Ticket.Claim.Digest);
            Put(writer, Ticket.Claim.Request);
        }
        else if (Kind is JournalKind.Counted or JournalKind.Forgotten)
        {
            Put(writer, Ticket.Claim.Request);
        }

        if (Kind is JournalKind.Settle or JournalKind.Counted)
        {
            Put(writer, Array.IndexOf(Outcomes, Delivered.Outcome) is >= 0 and var outcome ? outcome : throw new ArgumentException($"There is no outcome {Delivered.Outcome}."));
            Put(writer, Delivered.Rows);
            Put(writer, Delivered.Bytes);
            Put(writer, Delivered.Digest);
            Put(writer, (Delivered.Observed ? Observed : 0) | ((long)Delivered.Cause << CauseAt));
            if (Delivered.Tokens is { } tokens)
            {
                Put(writer, tokens.Canonical());
            }
        }
    }

    /// <summary>Reads an entry back.</summary>
    /// <exception cref="InvalidDataException">It is none of this version.</exception>
    public static JournalEntry Read(ReadOnlySpan<byte> entry)
    {
        try
        {
            var kind = (JournalKind)entry[0];
            var rest = entry[1..];
            var (role, flow, interval, sequence) = (Text(ref rest), Text(ref rest), Number(ref rest), Number(ref rest));
            var whole = kind is JournalKind.Open or JournalKind.Sent;
            var agreement = whole ? Text(ref rest)! : "";
            var claim = whole ? Claim(ref rest) : new UsageClaim("", null, "", kind is JournalKind.Counted or JournalKind.Forgotten ? Text(ref rest) : null);
            var ticket = new UsageTicket(role!, flow!, interval, sequence, agreement, claim, 0);
            return kind switch
            {
                JournalKind.Open or JournalKind.Release or JournalKind.Sent or JournalKind.Forgotten => new JournalEntry(kind, ticket, default),
                JournalKind.Settle or JournalKind.Counted => new JournalEntry(kind, ticket, Delivery(ref rest)),
                _ => throw new InvalidDataException($"The journal has an entry of kind {(byte)kind}, which this program does not know."),
            };
        }
        catch (Exception failure) when (failure is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The journal has an entry that is shorter than its kind.", failure);
        }
    }

    private static Delivered Delivery(ref ReadOnlySpan<byte> rest)
    {
        var (outcome, rows, bytes, digest, flags) = (Outcomes[Number(ref rest)], Number(ref rest), Number(ref rest), Text(ref rest), Number(ref rest));
        var tokens = rest.IsEmpty ? null : LeafRow.TokensOf(Text(ref rest));
        return new Delivered(outcome, rows, bytes, digest, (flags & Observed) != 0, tokens, (CutCause)(flags >> CauseAt));
    }

    private static UsageClaim Claim(ref ReadOnlySpan<byte> rest) => new(Text(ref rest)!, Text(ref rest), Text(ref rest)!, Text(ref rest));

    private static void Put(IBufferWriter<byte> writer, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(sizeof(long)), number);
        writer.Advance(sizeof(long));
    }

    // A length of -1 stands for null.
    private static void Put(IBufferWriter<byte> writer, string? text)
    {
        var span = writer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text?.Length ?? 0));
        var length = text is null ? -1 : Encoding.UTF8.GetBytes(text, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        writer.Advance(sizeof(int) + Math.Max(0, length));
    }

    private static long Number(ref ReadOnlySpan<byte> rest)
    {
        var number = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[sizeof(long)..];
        return number;
    }

    private static string? Text(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (length < 0)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }
}
