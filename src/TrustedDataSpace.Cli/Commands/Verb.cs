using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Makes commands that speak to one service: its options, <c>--json</c>, and the work itself.</summary>
internal static class Verb
{
    /// <summary>A command to a participant's connector.</summary>
    public static Command ForConnector(string name, string description, IEnumerable<Symbol> symbols, Func<Call, Task<int>> work) =>
        Create(ServiceOptions.Connector(), name, description, symbols, work);

    /// <summary>A command of the operator of a space.</summary>
    public static Command ForOperator(string name, string description, IEnumerable<Symbol> symbols, Func<Call, Task<int>> work) =>
        Create(ServiceOptions.Authority(), name, description, symbols, work);

    private static Command Create(ServiceOptions service, string name, string description, IEnumerable<Symbol> symbols, Func<Call, Task<int>> work)
    {
        var json = new Option<bool>("--json") { Description = "Write the answer as JSON." };
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)symbol);
            }
        }

        service.AddTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var named = service.Service(parsed);
            using var http = ServiceClient.CreateHttp(named.TrustedCertificates);
            return await work(new Call(parsed, named, http, parsed.GetValue(json), cancellation));
        });
        return command;
    }
}

/// <summary>One call of a command.</summary>
/// <param name="Parsed">What was written on the command line.</param>
/// <param name="Service">The service it speaks to.</param>
/// <param name="Http">For all requests of the call.</param>
/// <param name="Json">Whether the answer is wanted as JSON.</param>
/// <param name="Cancellation">Ctrl+C.</param>
internal sealed record Call(ParseResult Parsed, ServiceAccess Service, HttpClient Http, bool Json, CancellationToken Cancellation)
{
    /// <summary>The connector's management interface.</summary>
    public ManagementClient Connector => new(Http, Service);

    /// <summary>The authority, as its operator.</summary>
    public AuthorityOperatorClient Operator => new(Http, Service);

    /// <summary>The service, for what has no client of its own.</summary>
    public ServiceClient Client => new(Http, Service.Url!, Service.Token);

    /// <summary>Where the answer goes.</summary>
    public TextWriter Output => Parsed.InvocationConfiguration.Output;

    /// <summary>The value of an argument or option that cannot be left out.</summary>
    public string Get(Argument<string> argument) => Parsed.GetValue(argument)!;

    /// <summary>The value of an option.</summary>
    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    /// <summary>Writes an answer: for programs as JSON, for people in lines.</summary>
    public async Task ShowAsync<T>(T answer, IEnumerable<string> lines)
    {
        if (Json)
        {
            await Output.WriteLineAsync(JsonSerializer.Serialize(answer, ReadableJson.Options));
            return;
        }

        foreach (var line in lines)
        {
            await Output.WriteLineAsync(line);
        }
    }

    /// <summary>Waits for what takes long, and says so on a terminal.</summary>
    public Task<T> WaitAsync<T>(string what, Func<Task<T>> work) => Progress.WaitAsync(Output, what, work);
}

/// <summary>Shows that something is under way.</summary>
internal static class Progress
{
    /// <summary>On a terminal a spinner; where the answer goes to a file or a program, nothing.</summary>
    public static Task<T> WaitAsync<T>(TextWriter output, string what, Func<Task<T>> work) =>
        output == Console.Out && !Console.IsOutputRedirected && !Console.IsErrorRedirected
            ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Status().StartAsync(Markup.Escape(what), _ => work())
            : work();
}
