using Emend.Cli.Commands;

return await EmendCommand.RunAsync(args, Console.Out, Console.Error);
