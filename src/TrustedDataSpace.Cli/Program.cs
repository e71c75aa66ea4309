using TrustedDataSpace.Cli.Commands;

return await TdsCommand.RunAsync(args, Console.Out, Console.Error);
