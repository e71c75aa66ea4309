using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Signatures;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>What a consumer holds of a flow: opened from the start message as the protocol says, without the product's own reader.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="Endpoint">Where to call.</param>
/// <param name="Token">The access token.</param>
/// <param name="AuthType">How it is used.</param>
/// <param name="Number">Number of the flow's key.</param>
/// <param name="Key">The flow's key.</param>
internal sealed record HeldFlow(string Flow, Uri Endpoint, string Token, string AuthType, string Number, byte[] Key)
{
    /// <summary>Asks for the transfer and takes what its start message brings.</summary>
    public static async Task<HeldFlow> StartAsync(TestConnector connector, string agreement, string consumerPid = "t1")
    {
        var (_, answer) = await connector.SendAsync(DspRoutes.TransferRequest, new TransferRequestMessage
        {
            ConsumerPid = consumerPid,
            AgreementId = agreement,
            Format = DspConstants.HttpPull,
            CallbackAddress = connector.Space.Url + TestSpace.PeerPath,
        });
        var pid = DspJson.Read<TransferProcess>(answer).ProviderPid;
        var (path, message) = await connector.Space.NextAsync();
        Assert.Equal(DspRoutes.TransferStart(consumerPid), path);
        return Of(connector.Space, pid, DspJson.Read<TransferStartMessage>(message).DataAddress!);
    }

    public static HeldFlow Of(TestSpace space, string pid, DataAddress address)
    {
        var (number, key) = ("", Array.Empty<byte>());
        if (address.Property(DspConstants.FlowKeyProperty) is { } box)
        {
            var document = ProtocolJson.Parse(Jwe.Decrypt(box, kid => kid == space.AgreementKey.Kid ? space.AgreementKey : null, TokenTypes.FlowKey));
            Assert.Equal(pid, document.GetProperty("flow").GetString());
            (number, key) = (document.GetProperty("kid").GetString()!, Base64Url.DecodeFromChars(document.GetProperty("k").GetString()));
        }

        return new HeldFlow(pid, new Uri(address.Endpoint!), address.Property(DspConstants.AuthorizationProperty)!, address.Property(DspConstants.AuthTypeProperty)!, number, key);
    }

    /// <summary>A request of the flow, not signed yet.</summary>
    public RawCall Call(string rest = "/a?x=1", string method = "GET") => new(this, method, Endpoint.AbsolutePath + rest);
}

/// <summary>One request as its bytes are sent, so that a test can send what no client would.</summary>
internal sealed class RawCall(HeldFlow flow, string method, string target)
{
    private static ulong lastSequence;

    public string Method { get; set; } = method;

    public string Target { get; set; } = target;

    public string Host { get; set; } = flow.Endpoint.Authority;

    public string Body { get; set; } = "";

    public List<(string Name, string Value)> Headers { get; } = [("Authorization", "Bearer " + flow.Token)];

    public RawCall With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }

    public RawCall Without(string name)
    {
        Headers.RemoveAll(header => header.Name == name);
        return this;
    }

    public RawCall Replace(string name, Func<string, string> change)
    {
        var at = Headers.FindIndex(header => header.Name == name);
        Headers[at] = (name, change(Headers[at].Value));
        return this;
    }

    /// <summary>Signs what stands there now, for that process of the provider.</summary>
    public RawCall Sign(string replica, DateTimeOffset now, byte[]? key = null, ulong session = 1, ulong? sequence = null, string? keyId = null)
    {
        var fields = default(SignedFields);
        for (var i = 0; i < SignedFields.Count; i++)
        {
            fields[i] = Headers.Where(header => header.Name.Equals(SignedFields.Names[i], StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).FirstOrDefault();
        }

        var question = Target.IndexOf('?', StringComparison.Ordinal);
        var request = new SignedRequest
        {
            Method = Method,
            Authority = Host,
            Path = question < 0 ? Target : Target[..question],
            Query = question < 0 ? "" : Target[question..],
            Fields = fields,
        };
        var parameters = new SignatureParameters
        {
            Created = now.ToUnixTimeSeconds(),
            Session = session,
            Sequence = sequence ?? Interlocked.Increment(ref lastSequence),
            KeyId = keyId ?? $"{flow.Number}.{replica}",
        };
        var (input, signature) = RequestSignature.Sign(request, parameters, FlowKeys.RequestKey(key ?? flow.Key, replica));
        return With("Signature-Input", input).With("Signature", signature);
    }

    /// <summary>Sends; the status, the field <c>term</c> of the problem, and all of the answer.</summary>
    public async Task<(int Status, string Term, string Answer)> SendAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(flow.Endpoint.Host, flow.Endpoint.Port);
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\nHost: {Host}\r\nConnection: close\r\n");
        foreach (var (name, value) in Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        head.Append(Body.Length == 0 ? "" : $"Content-Length: {Body.Length}\r\n").Append("\r\n").Append(Body);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head.ToString()));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync().Within("an answer");
        var brace = answer.IndexOf('{', StringComparison.Ordinal);
        return (int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), brace < 0 ? "" : Term(answer[brace..(answer.LastIndexOf('}') + 1)]), answer);
    }

    private static string Term(string document)
    {
        using var problem = JsonDocument.Parse(document);
        return problem.RootElement.TryGetProperty("term", out var term) ? term.GetString()! : "";
    }
}
