using System.Diagnostics;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>System demand as a feed that would go on for as long as anybody reads it; only what is done meanwhile can end it.</summary>
internal static class FollowedFeed
{
    private const int MeasuredDays = 84;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Reads all that has been measured, does something, and holds the space to it that this cuts the feed.</summary>
    /// <param name="space">The space.</param>
    /// <param name="use">The agreement, and the secret of the application that reads.</param>
    /// <param name="end">What should cut it.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The rows that had come, and how long after the order they ended.</returns>
    public static async Task<(int Rows, TimeSpan After)> CutAsync(DemoSpace space, (string Agreement, string Secret) use, Func<Task> end, CancellationToken cancellation)
    {
        using var answer = await space.Application.OpenAsync(use.Agreement, "?follow=true", "inference", use.Secret, cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        var rows = -1;
        for (; rows < MeasuredDays; rows++)
        {
            Expect.That(await reader.ReadLineAsync(cancellation) is not null, $"{MeasuredDays} rows of the feed", $"its end after {rows}");
        }

        // Nothing more is measured.
        var next = reader.ReadLineAsync(cancellation).AsTask();
        var told = Stopwatch.GetTimestamp();
        await end();
        await Task.WhenAny(next, Task.Delay(Patience, cancellation));
        var after = Stopwatch.GetElapsedTime(told);
        Expect.That(next.IsFaulted, "a feed that is cut", next.IsCompleted ? "a regular end" : $"one that is still open after {Patience.TotalSeconds:0} s");
        return (rows, after);
    }
}
