using System.CommandLine;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds key …</c>: the signing keys of a connector, or with <c>authority</c> those of the authority.</summary>
internal static class KeyCommand
{
    public static Command Create() => new("key", "The signing keys of a service.")
    {
        List(Verb.ForConnector), Rotate(Verb.ForConnector),
        new Command("authority", "The same for the authority of a space.") { List(Verb.ForOperator), Rotate(Verb.ForOperator) },
    };

    private static Command List(Func<string, string, IEnumerable<Symbol>, Func<Call, Task<int>>, Command> verb) =>
        verb("list", "Show keys and how they stand.", [], async call =>
        {
            var keys = await call.Client.GetAsync<KeyList>(KeyRoutes.Keys, call.Cancellation);
            await call.ShowAsync(keys, Lines(keys));
            return ExitCode.Ok;
        });

    private static Command Rotate(Func<string, string, IEnumerable<Symbol>, Func<Call, Task<int>>, Command> verb) =>
        verb("rotate", "Begin to replace the signing key: the next one is published now and signs after Keys:PublishAhead.", [], async call =>
        {
            var keys = await call.Client.PostAsync<KeyList>(KeyRoutes.Rotation, null, call.Cancellation);
            await call.ShowAsync(keys, Lines(keys));
            return ExitCode.Ok;
        });

    private static IEnumerable<string> Lines(KeyList keys)
    {
        foreach (var key in keys.Keys)
        {
            yield return $"{key.Kid}  {key.State}  signs from {key.SignsFrom:yyyy-MM-dd'T'HH:mm:ss'Z'}{(key.AcceptedUntil is { } end ? $"  accepted until {end:yyyy-MM-dd'T'HH:mm:ss'Z'}" : "")}";
        }

        if (keys.Problem is { } problem)
        {
            yield return $"does not go on: {problem}";
        }
    }
}
