using System.Buffers;
using System.Text.Json;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>Writes one question after the other into the same memory.</summary>
#pragma warning disable CA1001 // A writer over memory of ours holds nothing to dispose of.
internal sealed class QuestionPen
#pragma warning restore CA1001
{
    private readonly ArrayBufferWriter<byte> buffer = new(512);
    private readonly Utf8JsonWriter writer;

    public QuestionPen() => writer = new Utf8JsonWriter(buffer);

    /// <summary>A writer, and nothing written.</summary>
    public Utf8JsonWriter Begin()
    {
        buffer.ResetWrittenCount();
        writer.Reset();
        return writer;
    }

    /// <summary>What was written since. Good until the next beginning.</summary>
    public ReadOnlyMemory<byte> End()
    {
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
