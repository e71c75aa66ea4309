using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Opa;

/// <summary>Asks a running OPA server for <c>data.tds.decision</c> over its Data API. Safe for concurrent use.</summary>
public sealed class OpaClient : IDisposable
{
    // Fixed text: a path made of data let requests inject Rego (CVE-2025-46569). A failing builtin is an error, as in the embedded
    // engine: else it would be undefined, and turn the denial of a layer off.
    private const string Question = "/v1/data/tds/decision?provenance=true&strict-builtin-errors=true";

    private const int MaxQuestionBytes = 4 << 20;
    private const int MaxAnswerBytes = 1 << 20;

    private readonly HttpClient http;
    private readonly TimeSpan timeout;

    /// <summary>Connects when it is first asked.</summary>
    /// <param name="options">Checked: <see cref="OpaOptions.Problems"/> is empty.</param>
    public OpaClient(OpaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        timeout = options.Timeout;
        http = CreateHttp(options);
        http.MaxResponseContentBufferSize = MaxAnswerBytes;
    }

    /// <summary>A client that reaches the server as connectors do: same addresses, token and time-out, no redirects, no proxy.</summary>
    /// <param name="options">Checked: <see cref="OpaOptions.Problems"/> is empty.</param>
    public static HttpClient CreateHttp(OpaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var http = new HttpClient(CreateHandler(options))
        {
            BaseAddress = new Uri(options.SocketPath is null ? options.Url : "http://localhost"),
            Timeout = options.Timeout,
        };
        http.DefaultRequestHeaders.Authorization = options.ReadToken() is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
        return http;
    }

    /// <summary>Asks one question.</summary>
    /// <param name="input">The question.</param>
    /// <param name="cancellationToken">The caller does not wait any more.</param>
    /// <exception cref="OpaException">No answer that can be relied on.</exception>
    public async Task<OpaAnswer> AskAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken = default)
    {
        using var content = new ReadOnlyMemoryContent(Body(input));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await http.PostAsync(new Uri(Question, UriKind.Relative), content, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                ? OpaAnswer.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken))
                : throw new OpaException(Explain(response.StatusCode));
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new OpaException($"the answer is larger than {MaxAnswerBytes} bytes: check the policies for what it repeats", failure);
        }
        catch (HttpRequestException failure)
        {
            throw new OpaUnreachableException($"OPA cannot be reached ({failure.HttpRequestError}): check that it runs and that Policies:Opa:Url is right", failure);
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OpaUnreachableException($"OPA did not answer within {timeout.TotalMilliseconds:0} ms: check its load, or raise Policies:Opa:Timeout", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static SocketsHttpHandler CreateHandler(OpaOptions options)
    {
        // No redirects: the answer would come from whoever they lead to, with our token. No proxy: a variable of the environment would choose who decides.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
        if (options.SocketPath is { } path)
        {
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(path, cancellation);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> input)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("input"u8);
            writer.WriteRawValue(input.Span);
            writer.WriteEndObject();
        }

        return buffer.WrittenCount <= MaxQuestionBytes
            ? buffer.WrittenMemory
            : throw new OpaException($"the question is larger than {MaxQuestionBytes} bytes: the contract is too large for this engine");
    }

    private static string Explain(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"OPA refuses the connector ({(int)status}): check Policies:Opa:Token and OPA's authorisation policy",
        >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => $"OPA redirects ({(int)status}), which is not followed: set Policies:Opa:Url to the server itself",
        _ => $"OPA answered {(int)status}: its log says why",
    };
}
