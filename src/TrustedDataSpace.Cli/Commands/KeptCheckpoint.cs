using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>A checkpoint that somebody has kept: a signed note, or the one in a receipt as <c>tds evidence receipt</c> writes it.</summary>
internal static class KeptCheckpoint
{
    /// <exception cref="CannotStartException">There is no such file, or it holds neither.</exception>
    public static string Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new CannotStartException($"There is no file {Path.GetFullPath(file)}.");
        }

        var bytes = File.ReadAllBytes(file);
        if (bytes.AsSpan().TrimStart(" \r\n\t"u8) is not [(byte)'{', ..])
        {
            return Encoding.UTF8.GetString(bytes);
        }

        try
        {
            return ProtocolJson.Read<EntryReceipt>(bytes).Checkpoint;
        }
        catch (RefusalException refusal)
        {
            throw new CannotStartException($"{file} is neither a signed checkpoint nor a receipt: {refusal.Message}", refusal);
        }
    }
}
