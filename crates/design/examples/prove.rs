fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    for path in &args {
        let text = std::fs::read_to_string(path).unwrap();
        let parsed = coexist_design::language::read(&text);
        for p in &parsed.problems {
            println!(
                "PROBLEM {p:?} line {}",
                text[..p.span.start].matches('\n').count() + 1
            );
        }
        let mut options = coexist_design::prove::Options::default();
        if let Ok(v) = std::env::var("I") {
            options.instances = v.parse().ok();
        }
        if let Ok(v) = std::env::var("F") {
            for (o, c) in options.faults.iter_mut().zip(v.chars()) {
                *o = c.to_digit(10).map(|d| d as u8);
            }
        }
        let start = std::time::Instant::now();
        let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        for proof in
            coexist_design::prove::prove(&parsed.design, &options, &mut |_, e| eprintln!("… {e:?}"))
        {
            println!(
                "{path} {}: {:?} {:.3}s",
                proof.workflow,
                proof.verdict,
                start.elapsed().as_secs_f64()
            );
            for s in &proof.stages {
                println!("  {s:?}");
            }
            for u in &proof.unclear {
                println!("  unclear: {} :{}", u.what, line(u.span.start));
            }
            for u in &proof.never_reached {
                println!("  never reached: {} :{}", u.text, line(u.at));
            }
            if let Some(v) = &proof.violation {
                println!("  {} (line {})", v.property, line(v.at));
                for (i, s) in v.steps.iter().enumerate() {
                    println!(
                        "  {i:2} {:12} {} | {} [{}]{} :{}",
                        s.actor,
                        s.does,
                        s.effect,
                        s.fault.map_or("", |f| f.word()),
                        s.instance.map_or(String::new(), |i| format!(" #{i}")),
                        line(s.at)
                    );
                }
                println!("  => {} loop {:?}", v.end, v.loop_from);
            }
        }
    }
}
