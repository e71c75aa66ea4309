using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Reads what peers send. The server bounds the length of a body.</summary>
internal static class DspReader
{
    private const int LongestId = 512;

    /// <summary>Who calls.</summary>
    public static string Sender(HttpContext context) => Peers.From(context).Id;

    /// <summary>The message of the request.</summary>
    /// <exception cref="RefusalException">Malformed, Unsupported, or whatever <see cref="Peers"/> refuses.</exception>
    public static async Task<DspMessage<T>> ReadAsync<T>(HttpContext context)
        where T : IDspMessage
    {
        MediaTypeRefusal.RequireJson(context.Request);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var document = ProtocolJson.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
        var pids = DspPids.Of(document);
        context.Features.Set(pids);
        var id = DspPids.Text(document, "@id");
        if (pids.Provider is { Length: 0 or > LongestId } || pids.Consumer is { Length: 0 or > LongestId } || id is { Length: > LongestId })
        {
            throw new RefusalException(RefusalCode.Malformed, $"An id in the message is empty or longer than {LongestId} characters.");
        }

        return new DspMessage<T>(Sender(context), DspJson.Read<T>(document), pids, id);
    }
}
