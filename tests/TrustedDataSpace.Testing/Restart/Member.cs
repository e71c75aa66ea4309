using System.Net.Http.Headers;
using System.Text;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>One program of a space: killed and started again on the same folder, at the same address.</summary>
public sealed class Member : IAsyncDisposable
{
    private readonly string program;
    private readonly string[] arguments;
    private readonly StringBuilder earlier = new();
    private TaskCompletionSource up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServiceProcess? process;

    public Member(string name, string program, int port, string token, IReadOnlyDictionary<string, string> settings)
    {
        Name = name;
        Folder = settings["Storage:Folder"];
        this.program = program;
        Url = new Uri($"http://127.0.0.1:{port}");
        arguments =
        [
            .. settings.SelectMany(setting => new[] { "--" + setting.Key, setting.Value }),
            "--Listen:Url", Url.GetLeftPart(UriPartial.Authority), "--Management:Token", token,
        ];
        Client = new HttpClient { BaseAddress = Url, Timeout = Deadline.Limit * 2, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
    }

    public string Name { get; }

    public Uri Url { get; }

    /// <summary>Where it keeps its database.</summary>
    public string Folder { get; }

    /// <summary>Calls the management interface.</summary>
    public HttpClient Client { get; }

    /// <summary>Of the running program.</summary>
    public int ProcessId => process!.Id;

    public int Kills { get; private set; }

    /// <summary>Completes when it listens: at once, or after the start that follows the kill.</summary>
    public Task Up => Volatile.Read(ref up).Task;

    /// <summary>Standard output of all its lives.</summary>
    public string Log => earlier.ToString() + process?.Output;

    public async Task StartAsync()
    {
        process = await ServiceProcess.StartAsync(program, arguments);
        up.TrySetResult();
    }

    /// <summary>SIGKILL. Returns when it is gone.</summary>
    public async Task KillAsync()
    {
        Interlocked.Exchange(ref up, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await process!.KillAsync();
        earlier.Append(process.Output).Append(process.Errors);
        await process.DisposeAsync();
        process = null;
        Kills++;
    }

    public async Task KillAndStartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }
    }
}
