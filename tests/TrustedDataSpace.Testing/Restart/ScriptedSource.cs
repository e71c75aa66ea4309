using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>Answers <c>/rows/N</c> with N records of CSV, in several pieces, so that a kill can fall into the middle of an answer.</summary>
public static class ScriptedSource
{
    public const string Type = "text/csv";
    private const int RowsInAPiece = 500;

    public static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync();
        return app;
    }

    /// <summary>The answer to <c>/rows/N</c>.</summary>
    public static string Rows(int count) => "id,value\n" + Piece(0, count);

    private static string Piece(int from, int to)
    {
        var text = new StringBuilder();
        for (var row = from; row < to; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row},{row * 7 % 1000}\n");
        }

        return text.ToString();
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var name = context.Request.Path.Value!.Split('/')[^1];
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = Type;
        await context.Response.WriteAsync(Rows(0));
        for (var row = 0; row < count; row += RowsInAPiece)
        {
            await context.Response.WriteAsync(Piece(row, Math.Min(count, row + RowsInAPiece)));
            await context.Response.Body.FlushAsync();
        }
    }
}
