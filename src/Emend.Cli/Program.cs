Console.Error.WriteLine("emend: under construction");
return 1;
